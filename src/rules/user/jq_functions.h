// What jq's own functions do with their input and their arguments, as far as types need it.
#pragma once

#include <cstddef>
#include <string_view>

namespace xdscope::rules::user {

// Its arguments see what the function itself sees: `select(f)`.
bool gives_arguments_its_input(std::string_view function);
// Its argument sees each element: `map(f)`, `sort_by(f)`.
bool gives_argument_elements(std::string_view function);
// What it yields is of its input's type: `select(f)`, `reverse`.
bool keeps_type(std::string_view function);
// Nothing of its input can make a difference but what its arguments read: `true`, `any(g; f)`.
bool ignores_input(std::string_view function, std::size_t arguments);

}  // namespace xdscope::rules::user
