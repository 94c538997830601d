"""What is declared at the broker (events contract).

The arguments have to match what is there already: the broker refuses others.
"""

from kombu.entity import Exchange, Queue

EXCHANGE = Exchange("dhos", type="topic", durable=True)
DEAD_LETTERS = Exchange("dhos-dlx", type="fanout", durable=True)
RETRIES = Exchange("dhos-retry", type="fanout", durable=True)

RETRY_MILLISECONDS = 60_000

# Declaring a queue declares its exchange and binds the two.
ENTITIES = (
    EXCHANGE,
    Queue("errors", DEAD_LETTERS, durable=True),
    Queue(
        "retry",
        RETRIES,
        durable=True,
        queue_arguments={
            "x-message-ttl": RETRY_MILLISECONDS,
            "x-dead-letter-exchange": EXCHANGE.name,
            "x-queue-mode": "default",
        },
    ),
)
