"""All fields of a form, for forms whose fields are columns."""

from typing import Annotated

from fastapi import Depends, Request


async def form_fields(request: Request) -> dict[str, str]:
    """Text fields only; of several of one name the last."""
    return {key: value for key, value in (await request.form()).items() if isinstance(value, str)}


Fields = Annotated[dict[str, str], Depends(form_fields)]
