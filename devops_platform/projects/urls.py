"""Addresses of the tenancy: ``api`` below ``/api/v1/``, ``pages`` below ``/``."""

from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST
from django.views.i18n import set_language

from devops_platform.projects import api as rest
from devops_platform.projects import health
from devops_platform.projects.views import account, look, projects, settings

api = [
    path("me", rest.Me.as_view(), name="api-me"),
    path("tokens", rest.Tokens.as_view(), name="api-tokens"),
    path("tokens/<slug:prefix>", rest.TokenDetail.as_view(), name="api-token"),
    path("projects", rest.Projects.as_view(), name="api-projects"),
    path("projects/<slug:project>", rest.ProjectDetail.as_view(), name="api-project"),
    path("projects/<slug:project>/members", rest.Members.as_view(), name="api-members"),
    path("projects/<slug:project>/members/<slug:user>", rest.MemberDetail.as_view(), name="api-member"),
    path("projects/<slug:project>/secrets", rest.Secrets.as_view(), name="api-secrets"),
    path("projects/<slug:project>/secrets/<slug:name>", rest.SecretDetail.as_view(), name="api-secret"),
    path("projects/<slug:project>/audit", rest.Audit.as_view(), name="api-audit"),
]

pages = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("", projects.home, name="home"),
    path("login/", require_http_methods(["GET", "HEAD", "POST"])(account.Login.as_view()), name="login"),
    path("logout/", account.Logout.as_view(), name="logout"),
    path("theme/", look.theme, name="theme"),
    path("language/", require_POST(set_language), name="set_language"),
    path("account/", account.overview, name="account"),
    path("account/password/", account.password, name="account-password"),
    path("account/tokens/", account.tokens, name="account-tokens"),
    path("account/tokens/<slug:prefix>/revoke/", account.revoke, name="account-token-revoke"),
    path("projects/", projects.listing, name="project-list"),
    path("projects/new/", projects.create, name="project-create"),
    path("projects/<slug:project>/settings/", settings.general, name="project-settings"),
    path("projects/<slug:project>/settings/delete/", settings.delete, name="project-delete"),
    path("projects/<slug:project>/settings/members/", settings.members, name="project-members"),
    path("projects/<slug:project>/settings/members/<slug:user>/", settings.member, name="project-member"),
    path("projects/<slug:project>/settings/secrets/", settings.secrets, name="project-secrets"),
    path("projects/<slug:project>/settings/secrets/<slug:name>/", settings.secret, name="project-secret"),
    path("projects/<slug:project>/settings/audit/", settings.audit, name="project-audit"),
]
