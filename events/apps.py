from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "events"

    def ready(self) -> None:
        from accounts.signals import happened
        from events.record import record_from_accounts

        happened.connect(record_from_accounts, dispatch_uid="events.record_from_accounts")
