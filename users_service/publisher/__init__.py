"""From outbox to RabbitMQ: what `manage.py publish_events` runs (events contract)."""
