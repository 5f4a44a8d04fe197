#pragma once
// libpq's own C interface, which is already plain and stable: PostgreSQL 15 documentation, part IV, chapter 34.
#include <postgresql/libpq-fe.h>
