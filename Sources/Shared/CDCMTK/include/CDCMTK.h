#pragma once
// The small C surface of DCMTK that Hilum uses.
