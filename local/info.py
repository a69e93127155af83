"""How to reach a running stack: written by `make run`, read by `make call`, handed to tests."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from local.ports import HOST, Ports


class NoStackError(Exception):
    """There is no stack to be reached; the message says how to start one."""


@dataclass(frozen=True, slots=True)
class StackInfo:
    """Addresses, keys and places of one stack. `numbers` are those of its lines, as the configuration has them."""

    livekit_url: str  # ws://
    api_key: str
    api_secret: str
    telephone_url: str  # http://, the telephone double
    riva_uri: str  # host:port
    llm_base_url: str  # http://.../v1
    tts_base_url: str  # http://.../v1
    state_url: str  # where the agent keeps its calls, as in its STATE_URL
    control_url: str  # http://
    gateway_url: str  # http://
    storage_url: str  # http://, of Cloud Storage's JSON API
    egress_url: str  # http://, the egress double
    data_dir: Path  # log/ and what the processes keep
    numbers: tuple[str, ...]
    agent_name: str

    @classmethod
    def of(
        cls, ports: Ports, data_dir: Path, numbers: tuple[str, ...], agent_name: str, keys: tuple[str, str]
    ) -> StackInfo:
        """The addresses that follow from the ports. `keys` are LiveKit's API key and secret."""
        return cls(
            livekit_url=f"ws://{HOST}:{ports.livekit}",
            api_key=keys[0],
            api_secret=keys[1],
            telephone_url=f"http://{HOST}:{ports.telephone}",
            riva_uri=f"{HOST}:{ports.riva}",
            llm_base_url=f"http://{HOST}:{ports.llm}/v1",
            tts_base_url=f"http://{HOST}:{ports.tts}/v1",
            state_url=f"redis://{HOST}:{ports.state}/0",
            control_url=f"http://{HOST}:{ports.control}",
            gateway_url=f"http://{HOST}:{ports.gateway}",
            storage_url=f"http://{HOST}:{ports.gcs}",
            egress_url=f"http://{HOST}:{ports.egress}",
            data_dir=data_dir,
            numbers=numbers,
            agent_name=agent_name,
        )

    @property
    def gateway_key_file(self) -> Path:
        """Where the agent's key of the state gateway is, once that has been started."""
        return self.data_dir / "gateway" / "agent.env"

    def through_gateway(self) -> dict[str, str]:
        """What an agent's environment has instead, for it to reach its store through the state gateway.

        FileNotFoundError where the gateway has not been started.
        """
        lines = self.gateway_key_file.read_text().splitlines()
        return {"STATE_URL": self.gateway_url, **dict(line.split("=", 1) for line in lines)}

    def write(self, path: Path) -> None:
        """Leave it in a file that only this user reads (it holds the local server's secret)."""
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(asdict(self) | {"data_dir": str(self.data_dir)}, indent=2) + "\n")
        unfinished.replace(path)

    def remove(self, path: Path) -> None:
        """Take the file away, unless it is another stack's by now."""
        with contextlib.suppress(NoStackError, ValueError, TypeError, KeyError):
            if StackInfo.read(path) == self:
                path.unlink(missing_ok=True)

    @classmethod
    def read(cls, path: Path) -> StackInfo:
        """The stack that left `path`. NoStackError when there is none: it was never started, or has ended."""
        try:
            found = json.loads(path.read_text())
        except FileNotFoundError:
            raise NoStackError("No stack is running here. Start one in another terminal: make run") from None
        return cls(**found | {"data_dir": Path(found["data_dir"]), "numbers": tuple(found["numbers"])})
