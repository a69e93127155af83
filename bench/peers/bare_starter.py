"""The bare livekit-agents starter, version 1.8.9: stock plugins with their default settings. It departs from a copied
quickstart only where a self-hosted user must: the local turn detector instead of the cloud's, and models by address.
In its favour: pcm instead of the plugin's default mp3 (~160 ms), and a load function that takes every job.
"""

from __future__ import annotations

import livekit.plugins.nvidia as nvidia
from livekit.agents import Agent, AgentServer, AgentSession, JobContext, JobProcess, cli, inference
from livekit.plugins import openai, silero

from bench.peers.settings import StarterSettings


def prewarm(process: JobProcess) -> None:
    """The starter's own: the VAD is loaded before the first call."""
    process.userdata["vad"] = silero.VAD.load()


async def entrypoint(ctx: JobContext) -> None:
    """One call."""
    settings = StarterSettings.read()
    session: AgentSession[None] = AgentSession(
        stt=nvidia.STT(server=settings.riva_uri, use_ssl=False, model=""),
        llm=openai.LLM(model="stub", base_url=settings.llm_base_url, api_key="none"),
        tts=openai.TTS(model="stub", base_url=settings.tts_base_url, api_key="none", response_format="pcm"),
        vad=ctx.proc.userdata["vad"],
        turn_handling={"turn_detection": inference.TurnDetector(version="v1-mini")},
    )
    instructions = "You are a helpful voice AI assistant. Your responses are concise."
    await session.start(agent=Agent(instructions=instructions), room=ctx.room)
    await ctx.connect()


def main() -> None:
    settings = StarterSettings.read()
    server = AgentServer(host="127.0.0.1", port=settings.http_port, load_fnc=lambda *_: 0.0)
    server.setup_fnc = prewarm
    server.rtc_session(entrypoint, agent_name=settings.agent_name)
    cli.run_app(server)


if __name__ == "__main__":
    main()
