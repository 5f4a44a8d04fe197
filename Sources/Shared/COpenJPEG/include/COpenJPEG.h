#pragma once
// The small C surface of OpenJPEG that Hilum uses.
