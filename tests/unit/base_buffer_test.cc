#include "base/buffer.h"

#include "support/catch.h"

using namespace xdscope;

TEST_CASE("a buffer of nothing, from a view of nothing", "[base]") {
  Buffer buffer{std::string_view()};
  CHECK(buffer.size() == 0);
  CHECK(buffer.append(std::string_view()));
  CHECK(buffer.append("ab"));
  CHECK(buffer.append(std::string_view()));
  CHECK(buffer.view() == "ab");
}
