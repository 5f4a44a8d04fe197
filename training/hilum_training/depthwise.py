"""Depthwise convolution with a fast backward pass on the CPU.

PyTorch 2.13's backward of 5×5 and of strided depthwise convolutions in bfloat16 takes two thirds of an EfficientNet's
training step. 3×3 ones of stride 1 are fast, so they do the rest: the gradient of a 5×5 kernel is put together from
those of four 3×3 windows, and the gradient of a strided input is one unstrided convolution of the spread-out
gradient of the output. Padding goes into the convolution where it is the same on both sides, which saves a copy.
Training only: names, weights and results are those of `Conv2d`.
"""

import torch
import torch.nn.functional as F


class _Depthwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, stride, padding):
        ctx.save_for_backward(x, weight)
        ctx.stride, ctx.padding = stride, padding
        return F.conv2d(x, weight, stride=stride, padding=padding, groups=x.shape[1])

    @staticmethod
    def backward(ctx, gradient):
        x, weight = ctx.saved_tensors
        gradient = gradient.contiguous(memory_format=torch.channels_last)
        if ctx.stride == 1:
            for_input = _backward(gradient, x, weight, 1, ctx.padding, 0)
        else:
            for_input = _strided_input_gradient(gradient, x, weight, ctx.stride, ctx.padding)
        if weight.shape[-1] == 3:
            return for_input, _backward(gradient, x, weight, ctx.stride, ctx.padding, 1), None, None
        return for_input, _wide_weight_gradient(gradient, x, weight, ctx.stride, ctx.padding), None, None


def _backward(gradient, x, weight, stride: int, padding: int, which: int):
    """PyTorch's own gradient for the input (0) or the weight (1)."""
    return torch.ops.aten.convolution_backward(
        gradient, x, weight, None, [stride] * 2, [padding] * 2, [1, 1], False, [0, 0], x.shape[1],
        [which == 0, which == 1, False])[which]


def _strided_input_gradient(gradient, x, weight, stride: int, padding: int):
    size, (rows, columns) = weight.shape[-1], (length + 2 * padding for length in x.shape[2:])
    wide = torch.empty((*x.shape[:2], rows + size - 1, columns + size - 1), dtype=x.dtype,
                       memory_format=torch.channels_last).zero_()
    first, (height, width) = size - 1, gradient.shape[2:]
    wide[:, :, first:first + stride * height:stride, first:first + stride * width:stride] = gradient
    inner = wide[:, :, padding:wide.shape[2] - padding, padding:wide.shape[3] - padding]
    return F.conv2d(inner, weight.flip(2, 3), groups=x.shape[1])


def _wide_weight_gradient(gradient, x, weight, stride: int, padding: int):
    """Gradient of a 5×5 kernel from those of the 3×3 kernels in its corners."""
    if padding:
        x = F.pad(x, [padding] * 4)
    rows, columns = (stride * (length - 1) + 3 for length in gradient.shape[2:])
    found, corner = torch.empty_like(weight), weight[:, :, :3, :3].contiguous()
    for i in (0, 2):
        for j in (0, 2):
            window = x[:, :, i:i + rows, j:j + columns].contiguous(memory_format=torch.channels_last)
            found[:, :, i:i + 3, j:j + 3] = _backward(gradient, window, corner, stride, 0, 1)
    return found


def speed_up(network: torch.nn.Module) -> None:
    """Lets the depthwise `Conv2d` of MONAI's inverted bottlenecks use the fast backward pass."""
    for block in network.modules():
        convolution = getattr(block, "_depthwise_conv", None)
        if not isinstance(convolution, torch.nn.Conv2d):
            continue
        stride, padding = convolution.stride[0], 0
        around = getattr(block._depthwise_conv_padding, "padding", (0,))
        if len(set(around)) == 1:
            padding, block._depthwise_conv_padding = around[0], torch.nn.Identity()
        convolution._conv_forward = _forward_of(stride, padding)


def _forward_of(stride: int, padding: int):
    def forward(x, weight, bias):
        return _Depthwise.apply(x, weight.to(x.dtype), stride, padding)

    return forward
