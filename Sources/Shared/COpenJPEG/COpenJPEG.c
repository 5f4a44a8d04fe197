#include "COpenJPEG.h"
