"""Standard Inception: its size, its names, and what is said where its weights are not here."""

import pytest
import torch

from nijigen.features import inception
from nijigen.features.extractor import open_extractor
from nijigen.features.inception_network import Inception


@pytest.fixture(scope="module")
def network() -> Inception:
    torch.manual_seed(0)
    return Inception().eval()


def test_it_has_the_parameters_of_the_published_network(network):
    # 27,161,264 with all heads, less 3,326,696 of the helping one and 2,049,000 of the answers (1512.00567).
    assert sum(value.numel() for value in network.parameters()) == 21_785_568


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("Conv2d_1a_3x3.conv.weight", (32, 3, 3, 3)),
        ("Conv2d_4a_3x3.bn.running_var", (192,)),
        ("Mixed_5b.branch5x5_2.conv.weight", (64, 48, 5, 5)),
        ("Mixed_6a.branch3x3dbl_3.conv.weight", (96, 96, 3, 3)),
        ("Mixed_6b.branch7x7dbl_5.conv.weight", (192, 128, 1, 7)),
        ("Mixed_6e.branch7x7_3.conv.weight", (192, 192, 7, 1)),
        ("Mixed_7a.branch7x7x3_4.conv.weight", (192, 192, 3, 3)),
        ("Mixed_7c.branch3x3dbl_3b.conv.weight", (384, 384, 3, 1)),
        ("Mixed_7c.branch_pool.bn.bias", (192,)),
    ],
)
def test_modules_are_named_as_in_the_file_that_people_have(network, name, shape):
    assert tuple(network.state_dict()[name].shape) == shape


def test_the_file_fills_the_network_and_other_files_do_not(network, tmp_path, refused):
    file = {name: value for name, value in network.state_dict().items() if not name.endswith("num_batches_tracked")}
    path = tmp_path / "weights.pth"
    torch.save({**file, "fc.weight": torch.zeros(1008, 2048), "fc.bias": torch.zeros(1008)}, path)
    extractor = inception.InceptionExtractor(path, "d" * 64)
    pictures = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8)
    rows = extractor(pictures)
    assert (extractor.name, extractor.width, extractor.digest) == ("inception", 2048, "d" * 64)
    assert rows.shape == (2, 2048)
    values = torch.nn.functional.interpolate(pictures.float() / 255, (299, 299), mode="bilinear") * 2 - 1
    with torch.no_grad():
        assert torch.allclose(rows, network(values), rtol=1e-3, atol=1e-5)
    file.pop("Mixed_7a.branch3x3_1.conv.weight")
    torch.save(file, path)
    with refused("weights.pth", "does not hold Inception"):
        inception.InceptionExtractor(path, "")
    path.write_bytes(path.read_bytes()[:1000])
    with refused("weights.pth", "damaged"):
        inception.InceptionExtractor(path, "")


def test_averages_leave_the_rim_out_and_the_last_block_takes_maxima(network):
    ones = torch.ones(1, 192, 5, 5)
    seen = {}

    def keep(name):
        return lambda module, given, out: seen.update({name: given[0]})

    network.Mixed_5b.branch_pool.register_forward_hook(keep("fine"))
    network.Mixed_7c.branch_pool.register_forward_hook(keep("last"))
    with torch.no_grad():
        network.Mixed_5b(ones)
        assert torch.equal(seen["fine"], ones)  # with the rim counted it would be darker there
        peak = torch.zeros(1, 2048, 5, 5)
        peak[:, :, 2, 2] = 1
        network.Mixed_7c(peak)
        assert seen["last"][0, 0].sum() == 9


def test_without_weights_it_says_what_to_put_where(refused, monkeypatch):
    monkeypatch.setenv("NIJIGEN_OFFLINE", "1")
    with refused("inception-fid", "NIJIGEN_WEIGHTS", "pt_inception-2015-12-05-6726825d.pth"):
        open_extractor("inception")


def test_wrong_names_are_told_the_right_ones(refused):
    for word, hint in (("inceptoin", "did you mean inception"), ("fid", ".onnx"), ("weights.pkl", ".onnx")):
        with refused("--features", word, hint):
            open_extractor(word)
