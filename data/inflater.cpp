// Unpacking with inflate().
#include "data/inflater.hpp"

#include <algorithm>
#include <new>

#include <zlib.h>

namespace credence::data {
namespace {

// zlib counts in 32 bits.
constexpr std::size_t kLargestPiece = std::size_t{1} << 30;

// As inflateInit2 reads it: 16 more for the header of gzip, negative for none.
int window_bits(Inflater::Form form) {
  switch (form) {
    case Inflater::Form::gzip:
      return MAX_WBITS + 16;
    case Inflater::Form::zlib:
      return MAX_WBITS;
    case Inflater::Form::raw:
      break;
  }
  return -MAX_WBITS;
}

void release(z_stream_s* stream) {
  inflateEnd(stream);
  delete stream;
}

}  // namespace

Inflater::Inflater(Form form) : stream_(new z_stream{}, &release) {
  // inflateEnd() of a stream that could not be begun does nothing.
  if (inflateInit2(stream_.get(), window_bits(form)) != Z_OK) throw std::bad_alloc();
}

std::size_t Inflater::unpack(std::span<const std::uint8_t>& packed, std::span<std::uint8_t> to) {
  if (ended_ || damage_ != nullptr) return 0;
  const std::size_t given = std::min(packed.size(), kLargestPiece);
  const std::size_t room = std::min(to.size(), kLargestPiece);
  // zlib does not write to its input, but older versions of its header do not say so.
  stream_->next_in = const_cast<Bytef*>(packed.data());
  stream_->avail_in = static_cast<uInt>(given);
  stream_->next_out = to.data();
  stream_->avail_out = static_cast<uInt>(room);
  const int code = inflate(stream_.get(), Z_NO_FLUSH);
  packed = packed.subspan(given - stream_->avail_in);
  if (code == Z_MEM_ERROR) throw std::bad_alloc();
  ended_ = code == Z_STREAM_END;
  // Z_BUF_ERROR says that there was nothing to do without more packed bytes.
  if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
    damage_ = stream_->msg != nullptr ? stream_->msg : "zlib gives no reason";
  }
  return room - stream_->avail_out;
}

void Inflater::restart() {
  inflateReset(stream_.get());
  ended_ = false;
  damage_ = nullptr;
}

}  // namespace credence::data
