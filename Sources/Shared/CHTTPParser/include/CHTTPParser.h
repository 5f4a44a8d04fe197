#pragma once
// The small C surface of http-parser that Hilum uses.
