#pragma once
// The small C surface of protobuf-c that Hilum uses.
