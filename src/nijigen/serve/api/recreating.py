"""An avatar made again from its birth certificate."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import fastapi
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from nijigen.avatar import Avatar
from nijigen.cores import usable_cores
from nijigen.enlarge.certificate import untouched
from nijigen.errors import NijigenError
from nijigen.serve.api.asking import AskedWorkshop, Client, unless_gone
from nijigen.serve.api.avatars_in import EXAMPLE, AvatarIn, quick, read_avatar
from nijigen.serve.api.avatars_out import MadeAvatar, made_avatar
from nijigen.serve.api.words import Picture, Request
from nijigen.serve.problems import told
from nijigen.serve.workshop import Workshop

router = APIRouter(tags=["avatars"])


class Recreate(Request):
    """Which avatar."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"avatar": EXAMPLE}]})

    avatar: AvatarIn
    picture: Picture = "png"


class Recreated(BaseModel):
    """The avatar made again, and whether it is the same."""

    same: bool = Field(description="Whether every pixel is as the certificate says.")
    differences: list[str] = Field(description="What is not as it was when it was made.")
    avatar: MadeAvatar


@router.post(
    "/recreate", summary="Make an avatar again", response_model=Recreated,
    responses=told(400, 404, 413, 422, 429, 503),
)  # fmt: skip
async def recreate(wanted: Recreate, request: fastapi.Request, workshop: AskedWorkshop, client: Client) -> Recreated:
    original = await read_avatar(wanted.avatar, workshop.settings.limits.pixels)
    certificate = original.certificate
    if "painted" in certificate:
        raise NijigenError("a painted avatar needs the pictures that it was painted like: use nijigen recreate")
    again = await unless_gone(request, _made_again(certificate, workshop, client))
    before, now = certificate.get("pixels"), again.certificate["pixels"]
    from nijigen.engine.recreate import changes_of

    here = {key: again.certificate.get(key) for key in ("engine", "device", "threads", "illustrator")}
    differences = changes_of(certificate, {key: value for key, value in here.items() if value is not None})
    if original.pixels.size and not untouched(certificate, original.pixels):
        differences.append("the file itself was changed after it was made")
    if certificate.get("enlarged"):
        differences.append("it was enlarged after it was made; this is how it was before")
    return Recreated(
        same=before == now, differences=differences, avatar=await asyncio.to_thread(made_avatar, again, wanted.picture)
    )


async def _made_again(certificate: dict[str, Any], workshop: Workshop, client: str) -> Avatar:
    first = {key: value for key, value in certificate.items() if key != "enlarged"}
    if certificate.get("kind") == "illustration":
        from nijigen.illustrator.drawing import redraw

        size, most = certificate.get("size"), workshop.settings.limits.side
        if not isinstance(size, int) or size > most:
            raise NijigenError(f"the drawing is larger than {most} pixels a side, the most that is drawn here")
        pixels, here = await workshop.run(client, lambda: redraw(certificate))
        return Avatar(pixels, {**first, **here})
    if certificate.get("kind") != "model":
        raise NijigenError("the certificate is of a kind that is unknown to this nijigen")
    model = await workshop.model(workshop.shelf.of_digest(certificate.get("digest")))
    plain = quick(certificate)

    def redrawn() -> Avatar:
        with as_many_threads(plain.get("threads")):
            engine = model.engines.of_certificate(plain)
            return Avatar(model.redraw(plain), {**first, **engine.facts(model.device)})

    return await workshop.run(client, redrawn)


@contextmanager
def as_many_threads(said: object) -> Iterator[None]:
    """With so many threads as a certificate says, where this machine has the cores: they decide the last digits."""
    import torch

    before = torch.get_num_threads()
    if type(said) is int and 1 <= said <= usable_cores():
        torch.set_num_threads(said)
    try:
        yield
    finally:
        torch.set_num_threads(before)
