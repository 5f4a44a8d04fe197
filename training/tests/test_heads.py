import torch

from hilum_training.chest.anatomy_maps import EVIDENCE
from hilum_training.chest.findings import CODES
from hilum_training.chest.heads import EvidenceHead
from hilum_training.chest.train import make_network


def test_every_finding_has_a_map_on_which_it_shows():
    assert len(EVIDENCE) == len(CODES)


@torch.no_grad()
def test_the_answer_is_the_mean_of_the_maps_that_the_evidence_is_held_against():
    torch.manual_seed(0)
    network = make_network().eval()
    head = EvidenceHead(network)
    answer = network(torch.randn(2, 1, 96, 96))
    (features,) = head.features
    torch.testing.assert_close(head.activation(features).mean((2, 3)) + network._fc.bias, answer, rtol=1e-4, atol=1e-5)
