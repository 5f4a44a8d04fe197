import torch
import torch.nn.functional as F

from hilum_training.depthwise import _Depthwise


def test_gradients_equal_those_of_conv2d():
    torch.manual_seed(0)
    for size, stride, padding, side in ((3, 1, 0, 9), (3, 1, 1, 9), (5, 1, 0, 11), (5, 1, 2, 7), (3, 2, 0, 12),
                                        (3, 2, 0, 13), (5, 2, 0, 14), (5, 2, 0, 13), (3, 2, 1, 13), (5, 2, 2, 12)):
        x = torch.randn(2, 6, side, side + 1, requires_grad=True)
        weight = torch.randn(6, 1, size, size, requires_grad=True)
        expected = F.conv2d(x, weight, stride=stride, padding=padding, groups=6)
        upstream = torch.randn_like(expected)
        wanted = torch.autograd.grad(expected, (x, weight), upstream)
        found = torch.autograd.grad(_Depthwise.apply(x, weight, stride, padding), (x, weight), upstream)
        for a, b in zip(wanted, found):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)
