#include "index/locator.h"

#include <algorithm>

#include "json/document.h"

namespace xdscope {
namespace {

// RFC 6901.
std::string escaped(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

Locator::Frame Locator::Frame::of(json::Value container, std::size_t pointer_size) {
  Frame frame{container, pointer_size};
  if (container.is_array()) {
    frame.element = container.elements().begin();
    frame.element_end = container.elements().end();
  } else if (container.is_object()) {
    frame.member = container.members().begin();
    frame.member_end = container.members().end();
  }
  return frame;
}

bool Locator::Frame::empty() const {
  if (element) return *element == *element_end;
  return !member || *member == *member_end;
}

bool Locator::Frame::advance(std::size_t offset) {
  const std::size_t before = index;
  if (element) {
    auto next = *element;
    for (++next; next != *element_end && (*next).offset() <= offset; ++next, ++index) {
      element = next;
    }
  } else {
    auto next = *member;
    for (++next; next != *member_end && (*next).value.offset() <= offset; ++next, ++index) {
      member = next;
    }
  }
  return index != before;
}

json::Value Locator::Frame::child() const { return element ? **element : (**member).value; }

std::string Locator::Frame::token() const {
  return element ? std::to_string(index) : escaped((**member).key);
}

void Locator::restart(const json::Value& at) {
  const bool goes_on = at.document() == document_ && at.offset() >= counted_;
  if (!goes_on) {
    document_ = at.document();
    counted_ = 0;
    line_ = 1;
    frames_.clear();
  }
  json::Value root;
  for (const json::Value candidate : document_->roots()) {
    if (candidate.offset() <= at.offset()) root = candidate;
  }
  if (!frames_.empty() && frames_.front().container == root) return;
  frames_ = {Frame::of(root, 0)};
}

Evidence Locator::locate(const json::Value& at) {
  if (at.document() == nullptr) return {};
  restart(at);
  const std::string_view between = document_->text().substr(counted_, at.offset() - counted_);
  line_ += static_cast<std::size_t>(std::count(between.begin(), between.end(), '\n'));
  counted_ = at.offset();

  pointer_.resize(frames_.front().pointer_size);
  for (std::size_t depth = 0; frames_[depth].container != at; ++depth) {
    Frame& frame = frames_[depth];
    if (frame.empty()) break;
    const bool moved = frame.advance(at.offset());
    const json::Value child = frame.child();
    pointer_ += '/';
    pointer_ += frame.token();
    if (moved || frames_.size() == depth + 1) {
      frames_.resize(depth + 1);
      frames_.push_back(Frame::of(child, pointer_.size()));
    }
  }
  return {document_->name(), pointer_, line_};
}

}  // namespace xdscope
