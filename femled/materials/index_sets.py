"""The laws a refractive index may follow, and the alternative index sets of a material by name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from femled.materials.drude import DrudeIndex
from femled.materials.index_laws import ConstantIndex, SellmeierIndex, TableIndex
from femled.materials.refractive_index import RefractiveIndex

AnyIndex = Annotated[ConstantIndex | TableIndex | SellmeierIndex | DrudeIndex, Field(discriminator="law")]
"""One of the laws, told apart by its `law`."""

_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


@dataclass(frozen=True)
class IndexSets(Mapping[str, RefractiveIndex]):
    """Refractive indices by name; it cannot be changed, so a material that holds it can be shared and hashed.

    Args:
        pairs: name and index of each set.
    """

    pairs: tuple[tuple[str, RefractiveIndex], ...] = ()

    def __getitem__(self, name: str) -> RefractiveIndex:
        return dict(self.pairs)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self.pairs))

    def __len__(self) -> int:
        return len(self.pairs)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        tables = handler.generate_schema(dict[_Name, AnyIndex])
        return core_schema.no_info_after_validator_function(
            lambda sets: cls(tuple(sorted(sets.items()))),
            tables,
            serialization=core_schema.plain_serializer_function_ser_schema(dict, return_schema=tables),
        )
