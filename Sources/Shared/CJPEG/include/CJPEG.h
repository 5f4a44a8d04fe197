#pragma once
// The small C surface of libjpeg-turbo that Hilum uses.
