#pragma once
// The small C surface of our own kernels that Hilum uses.
