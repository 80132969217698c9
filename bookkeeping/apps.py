from django.apps import AppConfig


class BookkeepingConfig(AppConfig):
    name = "bookkeeping"

    def ready(self) -> None:
        from accounts.signals import company_created
        from bookkeeping import receivers
        from bookkeeping.open_books import open_for_new_company
        from expenses.signals import balance_settled, movement_changed, movement_recorded, movement_withdrawn

        company_created.connect(open_for_new_company, dispatch_uid="bookkeeping.open_books")
        movement_withdrawn.connect(receivers.on_movement_withdrawn, dispatch_uid="bookkeeping.drop_movement")
        movement_changed.connect(receivers.on_movement_changed, dispatch_uid="bookkeeping.follow_movement")
        balance_settled.connect(receivers.on_balance_settled, dispatch_uid="bookkeeping.book_balance_entry")
        movement_recorded.connect(receivers.on_movement_recorded, dispatch_uid="bookkeeping.book_movement")
