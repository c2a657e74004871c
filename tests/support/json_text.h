// Documents from literals.
#pragma once

#include <memory>
#include <string_view>

#include "json/document.h"

namespace xdscope::testing {

inline std::unique_ptr<json::Document> parse_json(std::string_view text) {
  auto document = json::Document::parse(Buffer(text), "test.json");
  return document ? std::move(*document) : nullptr;
}

}  // namespace xdscope::testing
