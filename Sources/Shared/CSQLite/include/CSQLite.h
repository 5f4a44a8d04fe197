#pragma once
// The small C surface of SQLite that Hilum uses.
