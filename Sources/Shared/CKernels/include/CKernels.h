#pragma once
// Kernels and compute threads of the NeuralNetwork target: plain C, no allocation while running, no environment.
#include "nn_convolution.h"
#include "nn_depthwise.h"
#include "nn_kernels.h"
#include "nn_output_transition.h"
#include "nn_pool.h"
#include "nn_winograd.h"
