#include "MemoryStream.h"

#include <algorithm>
#include <cstring>

#include <dcmtk/dcmdata/dcerror.h>

namespace hilum {

/// The parser recurses for each nested sequence and each of its steps reads, so the depth shows on the stack here.
bool MemoryProducer::within_budget() {
    if (!budget_) return true;
    if (budget_->exceeded != Budget::none) return false;
    const char *here = static_cast<const char *>(__builtin_frame_address(0));
    const auto depth = budget_->stack_base > here ? budget_->stack_base - here : here - budget_->stack_base;
    if (static_cast<size_t>(depth) > budget_->max_stack) {
        budget_->exceeded = Budget::stack;
    } else if (budget_->reads_left == 0) {
        budget_->exceeded = Budget::reads;
    } else {
        budget_->reads_left -= 1;
        return true;
    }
    status_ = EC_InvalidStream;
    return false;
}

offile_off_t MemoryProducer::read(void *buffer, offile_off_t length) {
    if (status_.bad() || length <= 0 || !within_budget()) return 0;
    const size_t count = std::min(left(), static_cast<size_t>(length));
    std::memcpy(buffer, source_->bytes() + position_, count);
    position_ += count;
    return static_cast<offile_off_t>(count);
}

offile_off_t MemoryProducer::skip(offile_off_t length) {
    if (status_.bad() || length <= 0) return 0;
    const size_t count = std::min(left(), static_cast<size_t>(length));
    position_ += count;
    return static_cast<offile_off_t>(count);
}

void MemoryProducer::putback(offile_off_t count) {
    if (count < 0 || static_cast<size_t>(count) > position_) {
        status_ = EC_PutbackFailed;
    } else {
        position_ -= static_cast<size_t>(count);
    }
}

DcmInputStreamFactory *MemoryStream::newFactory() const {
    // A filtered stream cannot be re-entered at a position; we inflate beforehand and never filter.
    if (currentProducer() != &producer_) return nullptr;
    return new MemoryStreamFactory(producer_.source(), producer_.position());
}

}  // namespace hilum
