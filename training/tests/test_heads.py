import torch

from hilum_training.chest.anatomy_maps import EVIDENCE
from hilum_training.chest.findings import CODES
from hilum_training.chest.heads import EvidenceHead
from hilum_training.chest.localisation import activation_map, peak_lies_inside
from hilum_training.chest.network import make_network


def test_every_finding_has_a_map_on_which_it_shows():
    assert len(EVIDENCE) == len(CODES)


@torch.no_grad()
def test_the_answer_is_the_mean_of_the_maps_that_the_evidence_is_held_against():
    torch.manual_seed(0)
    network = make_network(len(CODES), "b0").eval()
    head = EvidenceHead(network)
    images = torch.randn(2, 1, 96, 96)
    answer = network(images)
    (features,) = head.features
    torch.testing.assert_close(head.activation(features).mean((2, 3)) + network._fc.bias, answer, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(torch.from_numpy(activation_map(network, images[1], 3)),
                               head.activation(features)[1, 3], rtol=1e-3, atol=1e-4)


def test_a_peak_beside_the_structure_counts_up_to_a_twentieth_of_the_image():
    mask = torch.zeros(80, 100, dtype=torch.bool).numpy()
    mask[40:44, 20:24] = True
    for column, inside in ((24, True), (26, True), (32, False), (90, False)):
        activation = torch.zeros(100, 100)
        activation[10 + 42, column] = 1  # the image lies in the middle of a square
        assert peak_lies_inside(activation.numpy(), mask) == inside
