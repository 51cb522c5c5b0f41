"""Staff accounts, for the operator: who may come in, and what each may do. New accounts come by invitation only."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group, User

# What each group may do is in the migrations, not on a form; what belongs to a sign-in is nobody else's to see.
admin.site.unregister([Group, User, EmailAddress, Authenticator, UserSession])


@admin.register(User)
class StaffAdmin(admin.ModelAdmin):
    fields = ("username", "first_name", "last_name", "email", "is_active", "groups")
    list_display = ("username", "first_name", "last_name", "is_active", "roles", "last_login")
    list_filter = ("is_active", "groups")
    search_fields = ("username", "first_name", "last_name")
    filter_horizontal = ("groups",)
    ordering = ("username",)

    @admin.display
    def roles(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all())

    def get_queryset(self, request):
        return super().get_queryset(request).filter(is_staff=True).prefetch_related("groups")

    def get_readonly_fields(self, request, obj=None):
        """Nobody gives themselves more than they have, nor locks themselves out. Read-only fields are not read back."""
        return ("username", "is_active", "groups") if obj == request.user else ("username",)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
