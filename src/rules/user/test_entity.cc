#include "rules/user/test_entity.h"

#include <fmt/format.h>

#include "base/text.h"
#include "base/try.h"
#include "rules/user/json_text.h"

namespace xdscope::rules::user {
namespace {

using Base = FieldType::Base;

std::string empty_object(const Shape& shape);

std::string empty_value(const FieldType& type) {
  if (type.nullable) return "null";
  if (type.list) return "[]";
  switch (type.base) {
    case Base::kString:
      return "\"\"";
    case Base::kNumber:
      return "0";
    case Base::kBoolean:
      return "false";
    case Base::kObject:
      return empty_object(*type.shape);
    case Base::kAny:
      break;
  }
  return "{}";
}

std::string empty_object(const Shape& shape) {
  ObjectText out;
  for (const Field& field : shape.fields) out.json(field.name, empty_value(field.type));
  return std::move(out).finish();
}

Result<std::string> value_of(const Field& field, const FieldType& type, json::Value value) {
  const auto mismatch = [&] {
    return fail(ErrorCode::kUsage, fmt::format("{} is a {}, not {}", field.name, type_text(type),
                                               printable(value.raw().substr(0, 40))));
  };
  if (type.list) {
    if (!value.is_array()) return mismatch();
    FieldType element = type;
    element.list = false;
    std::string out = "[";
    for (const json::Value item : value.elements()) {
      XDSCOPE_TRY_ASSIGN(const std::string text, value_of(field, element, item));
      out += (out.size() > 1 ? "," : "") + text;
    }
    return out + "]";
  }
  if (type.base == Base::kAny) return std::string(value.raw());
  if (value.type() == json::Type::kNull && type.nullable) return "null";
  if (type.base == Base::kObject && value.is_object()) return complete_entity(*type.shape, value);
  const bool fits = (type.base == Base::kString && value.is_string()) ||
                    (type.base == Base::kNumber && value.type() == json::Type::kNumber) ||
                    (type.base == Base::kBoolean && value.type() == json::Type::kBool);
  if (!fits) return mismatch();
  return std::string(value.raw());
}

}  // namespace

Result<std::string> complete_entity(const Shape& shape, json::Value partial) {
  for (const json::Member member : partial.members()) {
    if (shape.find(member.key) != nullptr) continue;
    return fail(ErrorCode::kUsage,
                fmt::format("a {} has no field \"{}\"", shape.name, printable(member.key)), {},
                field_hint(shape, member.key));
  }
  ObjectText out;
  for (const Field& field : shape.fields) {
    const json::Value given = partial.at(field.name);
    if (given.type() == json::Type::kAbsent) {
      out.json(field.name, empty_value(field.type));
    } else {
      XDSCOPE_TRY_ASSIGN(const std::string text, value_of(field, field.type, given));
      out.json(field.name, text);
    }
  }
  return std::move(out).finish();
}

}  // namespace xdscope::rules::user
