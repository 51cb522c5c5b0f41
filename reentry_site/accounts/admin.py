"""Staff accounts, for the operator: who may come in, and what each may do. New accounts come by invitation only."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.models import Group, User
from django.db.models import Exists, ManyToManyField, OuterRef
from django.forms import CheckboxSelectMultiple

from reentry_site.accounts import sessions
from reentry_site.accounts.events import said

# What each group may do is in the migrations, not on a form; what belongs to a sign-in is nobody else's to see.
admin.site.unregister([Group, User, EmailAddress, Authenticator, UserSession])


@admin.register(User)
class StaffAdmin(admin.ModelAdmin):
    fields = ("username", "first_name", "last_name", "email", "is_active", "groups", "second_step", "last_login")
    list_display = ("username", "first_name", "last_name", "is_active", "roles", "second_step", "last_login")
    list_filter = ("is_active", "groups")
    search_fields = ("username", "first_name", "last_name")
    formfield_overrides = {ManyToManyField: {"widget": CheckboxSelectMultiple}}
    ordering = ("username",)
    actions = ("end_all_sessions",)

    @admin.display
    def roles(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all())

    @admin.display(boolean=True)
    def second_step(self, user: User) -> bool:
        return user.has_second_step

    @admin.action(description="End all sessions", permissions=["change"])
    def end_all_sessions(self, request, queryset) -> None:
        for user in queryset:
            sessions.end_all(user, by=request.user)
        self.message_user(request, "Their sessions have ended. They can sign in again.", messages.SUCCESS)

    def save_model(self, request, obj, form, change) -> None:
        super().save_model(request, obj, form, change)
        if fields := [form[name].label.lower() for name in form.changed_data if name not in {"is_active", "groups"}]:
            said(request.user, f"Changed the {' and the '.join(fields)}", obj)
        if "is_active" in form.changed_data:
            said(request.user, "Switched the account on" if obj.is_active else "Switched the account off", obj)
        if "is_active" in form.changed_data and not obj.is_active:
            sessions.end_all(obj, by=request.user)

    def save_related(self, request, form, formsets, change) -> None:
        before = self.roles(form.instance)
        super().save_related(request, form, formsets, change)
        after = self.roles(User.objects.get(pk=form.instance.pk))
        if before != after:
            said(request.user, f"Changed the groups from {before or 'none'} to {after or 'none'}", form.instance)

    def get_queryset(self, request):
        has_second_step = Exists(Authenticator.objects.filter(user=OuterRef("pk")))
        staff = super().get_queryset(request).filter(is_staff=True).annotate(has_second_step=has_second_step)
        return staff.prefetch_related("groups")

    def get_readonly_fields(self, request, obj=None):
        """Nobody gives themselves more than they have, nor locks themselves out. Read-only fields are not read back."""
        never = ("username", "second_step", "last_login")
        return (*never, "is_active", "groups") if obj == request.user else never

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
