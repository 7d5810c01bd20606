"""Log-in and log-out, and a person's own password and tokens."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from devops_platform.projects import selectors, services
from devops_platform.projects.forms import TokenForm, accepted
from devops_platform.projects.permissions import principal_of
from devops_platform.projects.principals import Principal


class Login(LoginView):
    redirect_authenticated_user = True


class Logout(LogoutView):
    pass


@require_safe
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    return render(request, "projects/account.html", {"section": "account"})


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def password(request: HttpRequest) -> HttpResponse:
    user = principal_of(request).user
    form = PasswordChangeForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.change_password(user=user, password=form.cleaned_data["new_password1"])
        update_session_auth_hash(request, user)
        messages.success(request, _("Your password is changed; other browsers are logged out."))
        return redirect("account")
    context = {"form": form, "section": "password"}
    return render(request, "projects/password.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def tokens(request: HttpRequest) -> HttpResponse:
    """The user's tokens; the answer to a POST is the only place that ever shows a new one."""
    principal = principal_of(request)
    form = TokenForm(request.POST or None, projects=selectors.projects_visible_to(principal))
    made = []
    if request.method == "POST" and accepted(
        form, lambda: made.append(services.create_token(user=principal.user, **form.wanted()))
    ):
        _token, clear = made[0]
        return tokens_page(request, principal, clear=str(clear))
    return tokens_page(request, principal, form=form)


def tokens_page(
    request: HttpRequest, principal: Principal, *, form: TokenForm | None = None, clear: str = ""
) -> HttpResponse:
    form = form or TokenForm(projects=selectors.projects_visible_to(principal))
    context = {"tokens": selectors.tokens_of(principal), "form": form, "clear": clear, "section": "tokens"}
    return render(request, "projects/tokens.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def revoke(request: HttpRequest, prefix: str) -> HttpResponse:
    principal = principal_of(request)
    services.revoke_token(token=selectors.token_of(principal, prefix), by=principal.user)
    messages.success(request, _("The token is revoked."))
    return redirect("account-tokens")
