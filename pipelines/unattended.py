"""Runs that nobody waits for, started by a schedule or another pipeline: whatever comes of it is said."""

from devops_platform.errors import Denied, Invalid, Missing, Retry, Unsupported
from pipelines import queue, services, sources
from pipelines.automation import first_problem
from pipelines.definition.messages import Reason, reason
from pipelines.definition.problems import DefinitionError, Severity
from pipelines.models import Execution, Pipeline
from pipelines.services import Cause


def start(pipeline: Pipeline, *, ref: str, cause: Cause) -> Reason:
    """Start a run once for ``cause.key`` and say what came of it. A file that is no pipeline leaves a failed run.

    Raises Unavailable, Retry and Conflict when it is worth another try.
    """
    known = services.known_run(pipeline, cause)
    if known is not None:
        return _verdict(known)
    try:
        return _verdict(services.start_run(pipeline, sources.read(pipeline, ref), cause=cause))
    except DefinitionError:
        return _verdict(_refused(pipeline, ref, cause))
    except (Missing, Denied, Unsupported, Invalid) as error:
        return reason("TriggerSourceGone", error=str(error))


def _refused(pipeline: Pipeline, ref: str, cause: Cause) -> Execution:
    found = sources.look(pipeline, ref)
    if all(problem.severity is not Severity.ERROR for problem in found.problems):
        raise Retry(f"The file of {pipeline.name} has changed meanwhile")
    return services.refuse_run(pipeline, found, cause=cause, why=first_problem(DefinitionError(found.problems)))


def _verdict(execution: Execution) -> Reason:
    run = queue.label(execution)
    if execution.plan_json["stages"]:
        return reason("TriggerStarted", run=run)
    return reason("TriggerRefused", run=run, problem=Reason.model_validate(execution.status["reason"]).text)
