#pragma once
// The small C surface of OpenSSL that Hilum uses.
