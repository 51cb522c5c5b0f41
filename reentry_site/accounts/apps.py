from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "reentry_site.accounts"
    label = "accounts"
    verbose_name = "Staff accounts"

    def ready(self) -> None:
        from reentry_site.accounts import factors

        factors.connect()
