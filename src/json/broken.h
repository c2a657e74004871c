// What has been found broken in a part of a document.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "xdscope/json.h"

namespace xdscope::json {

// Whether `inner` is `outer` or stands in it.
bool contains(const Value& outer, const Value& inner);

// A mismatch met in `value` so far; nothing where it was sound, as far as it was read. Where a
// document has more mismatches than are kept, all of it counts as broken.
std::optional<Mismatch> broken_in(const Value& value);

// Notes that a value is no name of the enumeration that it should be of.
void note_unknown(const Value& value);
// The name that a value of an enumeration has, `first` where it is not set. What is none of the
// names is noted: Envoy refuses the resource.
std::string_view enum_name(const Value& value, std::string_view first,
                           std::initializer_list<std::string_view> others);
// "a string where a list is expected", "an unknown name".
std::string describe(const Mismatch& mismatch);

}  // namespace xdscope::json
