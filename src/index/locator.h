// Places of many values of a document, in one walk.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "xdscope/index.h"

namespace xdscope {

// Like evidence_of() for values that come in the order of the text: lines are counted and siblings
// passed once for all of them. A value that comes out of order starts a new walk.
class Locator {
 public:
  Evidence locate(const json::Value& at);

 private:
  // A container on the way to the value, and how far its children have been passed.
  struct Frame {
    json::Value container;
    std::size_t pointer_size = 0;
    std::size_t index = 0;
    std::optional<json::Elements::Iterator> element = {};
    std::optional<json::Elements::Iterator> element_end = {};
    std::optional<json::Members::Iterator> member = {};
    std::optional<json::Members::Iterator> member_end = {};

    static Frame of(json::Value container, std::size_t pointer_size);
    bool empty() const;
    // Goes on to the last child that begins at or before the offset; whether that is another one.
    bool advance(std::size_t offset);
    json::Value child() const;
    std::string token() const;
  };

  void restart(const json::Value& at);

  const json::Document* document_ = nullptr;
  std::size_t counted_ = 0;
  std::size_t line_ = 1;
  std::vector<Frame> frames_;
  std::string pointer_;
};

}  // namespace xdscope
