from django.apps import AppConfig


class WalletConfig(AppConfig):
    name = "wallet"

    def ready(self) -> None:
        from accounts.signals import company_created
        from wallet.open_accounts import open_accounts

        company_created.connect(open_accounts, dispatch_uid="wallet.open_accounts")
