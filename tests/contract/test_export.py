"""The contract of export: every registered family is the same in ONNX, for one picture and for several."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nijigen.edit.maps import injections
from nijigen.export.checking import LIMIT, compare, compare_translation
from nijigen.export.folder import graphs_of
from nijigen.export.running import Graphs, TranslationGraph
from nijigen.models.contract import Shape
from nijigen.models.package import Stored
from nijigen.models.registry import families, find_family
from nijigen.models.translator import Translator
from nijigen.schema import AttributeSchema

pytest.importorskip("onnxscript", reason="onnx and onnxscript are not installed: the extra [export]")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: the extra [export]")


def _beside(name: str) -> Any:
    """The tables of small options of the other contracts: tests of this project are no packages."""
    spec = importlib.util.spec_from_file_location(f"contract_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


families_contract, translators_contract = _beside("test_families"), _beside("test_translators")
QUICK = ("dcgan0-3-3",)  # traced in each run of the tests; tracing takes seconds a network
# Pixel normalisation of four features divides by what is nearly nothing somewhere, and no two libraries agree there.
WIDER = {"pggan": {"max_width": 32, "channel_base": 512}}


def avatar_cases() -> list[Any]:
    found, known = [], []
    for parameter in families_contract.cases():
        (case,) = parameter.values
        network = (find_family(case.family).build, case.options, case.label_width)
        if case.channels != 3 or network in known:  # four are the same layers; and wgan has the networks of dcgan
            continue
        known.append(network)
        marks = [] if parameter.id in QUICK else [pytest.mark.slow]
        found.append(pytest.param(case, id=parameter.id, marks=marks))
    return found


@pytest.mark.parametrize("case", avatar_cases())
def test_a_family_is_the_same_in_onnx(case: Any, tmp_path: Path) -> None:
    options = {**case.options, **WIDER.get(case.family, {})}
    torch.manual_seed(0)
    family = find_family(case.family)
    generator = family.build(case.shape, family.options.model_validate(options))["generator"].eval()
    generator.requires_grad_(False)
    for injection in injections(generator):  # else there is no noise to be seen
        injection.strength.normal_()
    if generator.has_mean_latent:
        generator.latent_mean.normal_()
    schema = families_contract.SCHEMA if case.label_width else AttributeSchema([])
    for file, graph in graphs_of(Stored(generator, schema, None, {}, "")).items():
        (tmp_path / file).write_bytes(graph)
    rows = torch.cat([torch.eye(3), torch.zeros(1, 3)])[:, : case.label_width]
    found = compare(Graphs(tmp_path), generator, rows)
    assert found.inputs == 100
    assert 0 <= found.worst <= LIMIT, found


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(families("translator")))
def test_a_translator_is_the_same_in_onnx(name: str, tmp_path: Path) -> None:
    family = find_family(name)
    torch.manual_seed(0)
    options = family.options.model_validate(translators_contract.SMALL[name][0][0])
    translator = family.build(Shape(16, 3, 0), options)["generator"].eval().requires_grad_(False)
    assert isinstance(translator, Translator)
    for file, graph in graphs_of(Stored(translator, AttributeSchema([]), None, {}, "")).items():
        (tmp_path / file).write_bytes(graph)
    found = compare_translation(TranslationGraph(tmp_path), translator)
    assert found.worst <= LIMIT, found


def test_a_graph_that_makes_other_pictures_is_found_out(tmp_path: Path) -> None:
    """The comparison can fail: the graphs of one network against another."""
    generators = []
    for seed in (0, 1):
        case = next(p.values[0] for p in families_contract.cases() if p.id == "dcgan0-3-plain")
        generators.append(case.build(seed)["generator"].eval().requires_grad_(False))
    for file, graph in graphs_of(Stored(generators[0], AttributeSchema([]), None, {}, "")).items():
        (tmp_path / file).write_bytes(graph)
    assert compare(Graphs(tmp_path), generators[0], torch.zeros(1, 0)).worst <= LIMIT
    assert compare(Graphs(tmp_path), generators[1], torch.zeros(1, 0)).worst > LIMIT
    assert np.isinf(compare(Graphs(tmp_path), _broken(generators[1]), torch.zeros(1, 0)).worst)


def _broken(generator: Any) -> Any:
    next(generator.parameters()).fill_(float("nan"))
    return generator
