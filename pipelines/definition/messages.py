"""Sentences with holes. Pure code names a code and its parameters; whoever shows them picks the language."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict


def gettext_noop(text: str) -> str:
    """Mark ``text`` for translation without translating it (the name is the one ``makemessages`` looks for)."""
    return text


class Reason(BaseModel):
    """Why something is as it is: a code for machines, parameters for the sentence of ``REASONS``."""

    model_config = ConfigDict(frozen=True)

    code: str
    params: Mapping[str, str | int | list[str]] = {}

    @property
    def text(self) -> str:
        """The English sentence."""
        return sentence(REASONS[self.code], self.params)


def sentence(template: str, params: Mapping[str, Any]) -> str:
    """``template`` with its holes filled; lists are joined by commas."""
    shown = {key: ", ".join(value) if isinstance(value, list) else value for key, value in params.items()}
    return template.format_map(shown)


def reason(code: str, /, **params: str | int | list[str]) -> Reason:
    """A reason whose code is in ``REASONS``; a missing parameter is a bug found here and not on the page."""
    made = Reason(code=code, params=params)
    assert made.text
    return made


REASONS: dict[str, str] = {
    # queue
    "QuotaUsed": gettext_noop("Position {position} in the queue; the quota of {quota} is used by {runs}"),
    "GroupBusy": gettext_noop("Position {position} in the queue; waits for {run} of the group {group}"),
    "Admitted": gettext_noop("Has a slot; starts in a moment"),
    # start
    "EngineStarting": gettext_noop("The engine is preparing the run"),
    "EngineUnreachable": gettext_noop("The engine has not answered since {since}"),
    "EngineLost": gettext_noop("The engine no longer knows this run"),
    "NotUnderstood": gettext_noop("This step kind cannot run on this engine yet: {kind}"),
    "CacheEmpty": gettext_noop("Nothing was put into the cache: none of its paths is there"),
    "CacheNeedsTar": gettext_noop("There is no cache: this machine has no program tar"),
    "CacheNotPublished": gettext_noop("The cache could not be stored: the disk is full, or files changed meanwhile"),
    "CacheNotRestored": gettext_noop("The cache could not be restored: it cannot be read, or the disk is full"),
    "CachePathOutside": gettext_noop("A path of the cache leads out of the workspace, or through a link"),
    "CacheTooLarge": gettext_noop("The cache was not stored: it does not fit into the quota"),
    "ImageIgnored": gettext_noop("The image {image} is not used: no podman or docker on this machine"),
    "ImagePushed": gettext_noop("Pushed {image}@{digest}"),
    "RegistryMissing": gettext_noop(
        "There is no registry to push to: set LOCAL_REGISTRY, or pushRemote and registry in the step"
    ),
    "ToolMissing": gettext_noop("{tool} is not installed on this machine; to get it: {how}"),
    "IsolatedByNamespace": gettext_noop(
        "Each step runs in a process namespace of its own and ends with everything it started"
    ),
    "IsolatedByUserNamespace": gettext_noop(
        "Each step runs in a user and process namespace of its own and ends "
        "with everything it started; sudo does not work"
    ),
    "IsolatedByCgroup": gettext_noop("Each step runs in a cgroup of its own and ends with everything it started"),
    "IsolatedByMarker": gettext_noop(
        "This machine allows neither namespaces nor cgroups: a background "
        "process that hides on purpose outlives its step"
    ),
    "IsolatedByContainer": gettext_noop("Each step runs in a container of its own"),
    # waiting
    "WaitsForStage": gettext_noop("Waits for {stage}"),
    "ApprovalAwaited": gettext_noop("Waits for approval by {approvers}, {given} of {required} given"),
    "ApprovalAwaitedOfAnyone": gettext_noop("Waits for approval by a member, {given} of {required} given"),
    "PausedBefore": gettext_noop("Paused before {stage}, as the pipeline file asks"),
    "PausedBy": gettext_noop("Paused by {user} before {stage}"),
    "RetryAfter": gettext_noop("Try {number} of {total} in {seconds} s"),
    # end
    "ExitCode": gettext_noop("Exit code {code}"),
    "Killed": gettext_noop("Ended by signal {signal}"),
    "StepLost": gettext_noop("The step's process ended without an exit status"),
    "StepDeadline": gettext_noop("Ran longer than its limit of {minutes} min"),
    "KilledAfterGrace": gettext_noop("Did not end when it was asked to, and was killed"),
    "ApprovedBy": gettext_noop("Approved by {users}"),
    "Rejected": gettext_noop("Rejected by {user}"),
    "RejectedBecause": gettext_noop("Rejected by {user}: {comment}"),
    "ApprovalExpired": gettext_noop("Not approved within {minutes} min, {given} of {required} given"),
    "RunDeadline": gettext_noop("Ran longer than the run's limit of {minutes} min"),
    "StageFailed": gettext_noop("{stage} failed: {steps}"),
    "NotReached": gettext_noop("Not reached: {stage} failed"),
    "NotReachedEnd": gettext_noop("Not reached: the run ended before"),
    "NotReachedStopped": gettext_noop("Not reached: the run was stopped"),
    "StoppedBy": gettext_noop("Stopped by {user}"),
    "StoppedBeforeStart": gettext_noop("Stopped by {user} before it started"),
    "GaveWay": gettext_noop("Gave way to {run}, a newer run of the group {group}"),
    "SecretMissing": gettext_noop("The secret {name} has no key {key}"),
    "SecretRefused": gettext_noop("The secret {name} belongs to the platform and is not handed to steps"),
    "CannotStart": gettext_noop("The step could not be started: {error}"),
    "ImagePull": gettext_noop("The image {image} could not be pulled"),
    # plan
    "BranchNotIncluded": gettext_noop("{branch} is not in {patterns}"),
    "BranchExcluded": gettext_noop("{branch} is excluded by {pattern}"),
    "EventNotIncluded": gettext_noop("Runs on {events} only; this is {event}"),
    "EventExcluded": gettext_noop("Does not run on {event}"),
    "PathsNotIncluded": gettext_noop("No changed file is in {patterns}"),
    "PathsExcluded": gettext_noop("Every changed file is excluded by {patterns}"),
    "TagNotIncluded": gettext_noop("The tag {tag} is not in {patterns}"),
    "TagExcluded": gettext_noop("The tag {tag} is excluded by {pattern}"),
    "TagsOnly": gettext_noop("Runs on tags only"),
    "StageSkipped": gettext_noop("The whole stage is skipped"),
    "EveryStepSkipped": gettext_noop("Every step of the stage is skipped"),
    "ForkWithoutSecrets": gettext_noop("A run of a fork gets no secrets: {names}"),
    "ForkWithoutPrivilege": gettext_noop("A run of a fork is not privileged: {steps}"),
    "CatalogUnknown": gettext_noop("No catalog of the project has the chart {chart}"),
    # triggers
    "TriggerStarted": gettext_noop("Started {run}"),
    "TriggerRefused": gettext_noop("{run} could not start: {problem}"),
    "TriggerSourceGone": gettext_noop("Not started: {error}"),
    "TriggerHostAway": gettext_noop("Not started yet, will be tried again: {error}"),
    "TriggerGaveUp": gettext_noop("Not started, and no longer tried: {error}"),
    "TriggerConditionUnmet": gettext_noop("Not started: {run} ended as {state}"),
    "TriggerLoop": gettext_noop("Not started: {pipeline} has led to {run}, so this would never end"),
    "TriggerTooDeep": gettext_noop("Not started: {run} is the last of {limit} runs that led to one another"),
    "ScheduleMissed": gettext_noop("Not started: it was due at {planned}, while nobody kept the schedule"),
    "FileNotPipeline": gettext_noop("Line {line}, column {column}: {problem}"),
    "FileUnreadable": gettext_noop("The pipeline file could not be read: {error}"),
    # notifications
    "NotifyEnded": gettext_noop("The run ended as {state}"),
    "NotifyChanged": gettext_noop("The run ended as {state}, the one before as {before}"),
    "NotifyUnchanged": gettext_noop("Not sent: {state}, as the run before"),
    "NotifyFirst": gettext_noop("Not sent: no run before on this branch to compare with"),
    "NotifyUnmet": gettext_noop("Not sent: {state} is not among {conditions}"),
    "NotifyNever": gettext_noop("Not sent: the file names no condition"),
    "NotifierUnknown": gettext_noop("Not sent: the project has no notifier {notifier}"),
    "NotifierOff": gettext_noop("Not sent: the notifier {notifier} is switched off"),
    "NotifyTest": gettext_noop("A test by {user}"),
}
