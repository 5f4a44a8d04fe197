#pragma once
// The small C surface of libcurl that Hilum uses.
