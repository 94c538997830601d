"""JSON values that a field may take by mistake, or refuse by mistake."""

from typing import Any

HEX = "0aF" * 170 + "00"
PRINTABLE = "$!~" + "A" * 29

OF_ANY_TYPE: list[Any] = [
    *(None, True, False, 0, 1, -1, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 10**30),
    *(0.0, 1.0, 1.5, float("inf"), [], {}, [None], [[]], [{}], ["x"], {"name": "x"}),
    *([1], [True], ["x", "x"], ["b", "a", "b"], ["x" * 37], [""], ["x", None], "[]"),
    *([{"product_name": "x"}], [{"product_name": "x", "y": 1}, {}], [{"uuid": "x"}]),
]
TEXTS = [
    *("", " ", "\t", "\n", "x", " x ", "\u2003x\u3000", "\x85", "\ufeffx", "\u200b"),
    *("bulk", "login", "Bulk", "bulk\n", " login", "true", "null", "1", "\x7f"),
    *("x" * 36, "x" * 37, "x" * 1000, "x" * 1001, " " * 1001, f" {'x' * 1000} "),
    *("\u0130" * 500, "\u0130" * 501, "\u023a" * 625, "\u023a" * 900, "€" * 834),
    *("😀" * 36, "😀" * 625, "😀" * 626, "e\u0301", "\ufb01", "\u0130STANBUL@X.TR"),
    *(" ADA@Example.Com ", "No Address", "a@b", "\u212a@x", "Σ@ΑΣ", "\U0010ffff"),
    *(HEX, HEX.lower(), HEX[1:], f"{HEX}\n", "g" * 512),
    *(PRINTABLE, PRINTABLE[1:], f"{PRINTABLE}\n", "é" * 32, " " * 32),
    *(f"polaris_scrypt${PRINTABLE}${HEX.lower()}", f"polaris_scrypt${PRINTABLE}${HEX}"),
]
DAYS = [
    *("2021-07-19", "2021-7-9", "2021-07-9", "2020-02-29", "2021-02-29", "2021-02-30"),
    *("0001-01-01", "9999-12-31", "0000-01-01", "10000-01-01", "2021-00-01"),
    *("2021-13-01", "2021-01-32", "2021-1-001", "21-01-01", "-021-01-01"),
    *("2021-07-19\n", " 2021-07-19", "2021/07/19", "20210719", "2021-W29-1"),
    "\uff12\uff10\uff12\uff11-07-19",
]
CLOCKS = [
    *("10:00", "10:00:00", "00:00:00", "23:59:59", "23:59:59.999999", "24:00:00"),
    *("10:00:00.1", "10:00:00,12", "10:00:00.123456789", "10:00:00.1234567890"),
    *("10:00:60", "10:60:00", "1:00:00", "10", "1000", "10:00:00.", "", "x", "10:0"),
]
OFFSETS = [
    *("", "Z", "z", "+00:00", "-00:00", "+01", "+0100", "+05:30", "-12:00", "+14:00"),
    *("+23:59", "-23:59", "+24:00", "+1", "+01:0", " Z", "+01:00:00", "Z\n", "UTC"),
]
SEPARATORS = ["T", "t", " ", "  ", "_", ""]
MOMENTS = [
    *(f"{day}T10:00:00Z" for day in DAYS),
    *(f"2021-7-19T{clock}" for clock in CLOCKS),
    *(f"2021-07-19 {clock}+01:00" for clock in CLOCKS),
    *(f"2021-07-19T10:00:00.5{offset}" for offset in OFFSETS),
    *(f"0001-01-01T00:00:00{offset}" for offset in OFFSETS),
    *(f"9999-12-31T23:59:59.999999{offset}" for offset in OFFSETS),
    *(f"2021-07-19{separator}10:00:00" for separator in SEPARATORS),
]
ODD: list[Any] = [*OF_ANY_TYPE, *TEXTS, *DAYS, *MOMENTS]
