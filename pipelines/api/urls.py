"""Below ``/api/v1/``."""

from django.urls import path

from pipelines.api import caches, executions, findings, logs, notifications, pipelines, steering, triggers

PIPELINES = "projects/<str:project>/pipelines"
RUNS = "projects/<str:project>/executions"
NOTIFIER = "projects/<str:project>/notifiers/<str:name>"

urlpatterns = [
    path("lint", pipelines.Lint.as_view(), name="api-lint"),
    path("pipeline-schema", pipelines.Schema.as_view(), name="api-pipeline-schema"),
    path(PIPELINES, pipelines.PipelineList.as_view(), name="api-pipelines"),
    path(f"{PIPELINES}/<str:name>", pipelines.PipelineDetail.as_view(), name="api-pipeline"),
    path(f"{PIPELINES}/<str:name>/branches", pipelines.PipelineBranches.as_view(), name="api-pipeline-branches"),
    path(f"{PIPELINES}/<str:name>/cache", caches.PipelineCache.as_view(), name="api-pipeline-cache"),
    path(f"{PIPELINES}/<str:name>/file", pipelines.PipelineFile.as_view(), name="api-pipeline-file"),
    path(f"{PIPELINES}/<str:name>/plan", pipelines.PipelinePlan.as_view(), name="api-pipeline-plan"),
    path(f"{PIPELINES}/<str:name>/triggers", triggers.PipelineTriggers.as_view(), name="api-pipeline-triggers"),
    path(f"{PIPELINES}/<str:name>/executions", pipelines.PipelineRuns.as_view(), name="api-pipeline-runs"),
    path(RUNS, executions.ExecutionList.as_view(), name="api-executions"),
    path(f"{RUNS}/<str:name>", executions.ExecutionDetail.as_view(), name="api-execution"),
    path(f"{RUNS}/<str:name>/stop", executions.ExecutionStop.as_view(), name="api-execution-stop"),
    path(f"{RUNS}/<str:name>/approvals", steering.ExecutionApprovals.as_view(), name="api-execution-approvals"),
    path(f"{RUNS}/<str:name>/pause", steering.ExecutionPause.as_view(), name="api-execution-pause"),
    path(f"{RUNS}/<str:name>/resume", steering.ExecutionResume.as_view(), name="api-execution-resume"),
    path(f"{RUNS}/<str:name>/rerun", executions.ExecutionRerun.as_view(), name="api-execution-rerun"),
    path(f"{RUNS}/<str:name>/logs/<int:attempt>", logs.AttemptLog.as_view(), name="api-attempt-log"),
    path(f"{RUNS}/<str:name>/logs/<int:attempt>/<str:step>", logs.StepLog.as_view(), name="api-step-log"),
    path(f"{RUNS}/<str:name>/logs/<int:attempt>/<str:step>/times", findings.StepTimes.as_view(), name="api-log-times"),
    path(f"{RUNS}/<str:name>/logs/<int:attempt>/<str:step>/facts", findings.StepFacts.as_view(), name="api-log-facts"),
    path(f"{RUNS}/<str:name>/search", findings.RunSearch.as_view(), name="api-execution-search"),
    path("projects/<str:project>/notifiers", notifications.Notifiers.as_view(), name="api-notifiers"),
    path(NOTIFIER, notifications.NotifierDetail.as_view(), name="api-notifier"),
    path(f"{NOTIFIER}/test", notifications.NotifierTest.as_view(), name="api-notifier-test"),
    path("projects/<str:project>/notifications", notifications.Notifications.as_view(), name="api-notifications"),
    path(
        "projects/<str:project>/notifications/<uuid:delivery>/again",
        notifications.NotificationAgain.as_view(),
        name="api-notification-again",
    ),
    path("projects/<str:project>/queue", executions.Queue.as_view(), name="api-queue"),
    path("projects/<str:project>/settings", executions.SettingList.as_view(), name="api-settings"),
    path("projects/<str:project>/settings/<str:name>", executions.SettingDetail.as_view(), name="api-setting"),
]
