// Entities of a rule's tests: the fields that matter are written, the others are filled in.
#pragma once

#include <string>

#include "rules/user/schema.h"
#include "xdscope/error.h"
#include "xdscope/json.h"

namespace xdscope::rules::user {

// JSON of an entity with every field: what `partial` does not have is empty (""; 0; false; an empty
// list; null where the field may be null). An unknown field or a value of another type is an error.
Result<std::string> complete_entity(const Shape& shape, json::Value partial);

}  // namespace xdscope::rules::user
