from django.apps import AppConfig


class CardsConfig(AppConfig):
    name = "cards"

    def ready(self) -> None:
        from cards import on_people, on_wallets

        on_people.register()
        on_wallets.register()
