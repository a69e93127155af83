"""What livekit calls in a job process. These functions are pickled by name, so they live at module level."""

from __future__ import annotations

from multiprocessing.connection import Connection

from livekit.agents import JobContext, JobProcess, JobRequest

from agent import settings
from agent.build import App, build
from agent.callers import Dispatch, parse_dispatch
from agent.errors import BadDispatch
from agent.live_call import LiveCall
from agent.opening import CALL_ID_ATTRIBUTE, EPOCH_ATTRIBUTE
from agent.starts import begun
from calls.ids import new_call_id
from ops.clock import SystemClock

_APP, _CALL, _TELL = "app", "call", "tell"


def setup(tell: Connection, proc: JobProcess) -> None:
    """A job process is warmed up: everything that needs no call is made now. `tell`: agent/starts.py."""
    proc.userdata[_TELL] = tell
    proc.userdata[_APP] = build(settings.load())


async def accept(request: JobRequest) -> None:
    """Take the job at once. No I/O here: the server's question waits 3 s and is not repeated. A probe is answered with
    that: its job is done before it began (livekit-server 1.13.5 shows it with our worker's id), and no call is made.

    The call's id and epoch travel as the agent's participant attributes, for whoever is in the room to read.
    """
    try:
        dispatch = parse_dispatch(request.job.metadata)
    except BadDispatch:
        dispatch = Dispatch()
    if dispatch.probe:
        await request.reject()
        return
    call_id = dispatch.known_id or new_call_id(SystemClock())
    await request.accept(attributes={CALL_ID_ATTRIBUTE: call_id, EPOCH_ATTRIBUTE: str(dispatch.epoch)})


async def entry(ctx: JobContext) -> None:
    """One call, until it runs by itself. Its end comes through the room, the policy or `ended`."""
    app: App = ctx.proc.userdata[_APP]
    call = LiveCall(app, ctx)
    ctx.proc.userdata[_CALL] = call
    try:
        await call.start()
    finally:
        begun(ctx.proc.userdata[_TELL], ctx.job.id)


async def ended(ctx: JobContext) -> None:
    """The job ends, for whatever reason: the call is closed in the record and everything it opened is shut."""
    call: LiveCall | None = ctx.proc.userdata.pop(_CALL, None)
    if call is not None:
        await call.aclose()
