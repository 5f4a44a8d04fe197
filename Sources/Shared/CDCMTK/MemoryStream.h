#pragma once
// A DCMTK input stream over bytes that stay where they are: large values are not copied while parsing.
#include <cstdint>
#include <memory>
#include <vector>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcistrma.h>

namespace hilum {

/// The bytes of one file: the caller's, or our own after inflating.
struct Source {
    const uint8_t *base = nullptr;
    size_t count = 0;
    std::vector<uint8_t> inflated;
    bool is_inflated = false;
    /// Where a value that stayed in these bytes was last begun to be read.
    static constexpr size_t nowhere = SIZE_MAX;
    size_t opened_at = nowhere;

    const uint8_t *bytes() const { return is_inflated ? inflated.data() : base; }
};

/// What a parse may use up, and which bound it hit.
struct Budget {
    enum Exceeded { none, stack, reads };
    const char *stack_base = nullptr;
    size_t max_stack = 0;
    uint64_t reads_left = 0;
    Exceeded exceeded = none;
};

class MemoryProducer final : public DcmProducer {
  public:
    MemoryProducer(std::shared_ptr<Source> source, size_t position, Budget *budget)
        : source_(std::move(source)), position_(position), budget_(budget) {}

    OFBool good() const override { return status_.good(); }
    OFCondition status() const override { return status_; }
    OFBool eos() override { return position_ >= source_->count; }
    offile_off_t avail() override { return static_cast<offile_off_t>(left()); }
    offile_off_t read(void *buffer, offile_off_t length) override;
    offile_off_t skip(offile_off_t length) override;
    void putback(offile_off_t count) override;

    size_t position() const { return position_; }
    const std::shared_ptr<Source> &source() const { return source_; }

  private:
    size_t left() const { return position_ < source_->count ? source_->count - position_ : 0; }
    bool within_budget();

    std::shared_ptr<Source> source_;
    size_t position_;
    Budget *budget_;
    OFCondition status_ = EC_Normal;
};

class MemoryStream final : public DcmInputStream {
  public:
    MemoryStream(std::shared_ptr<Source> source, size_t position, Budget *budget)
        : DcmInputStream(&producer_), producer_(std::move(source), position, budget) {}
    DcmInputStreamFactory *newFactory() const override;
    size_t position() const { return producer_.position(); }

  private:
    MemoryProducer producer_;
};

class MemoryStreamFactory final : public DcmInputStreamFactory {
  public:
    MemoryStreamFactory(std::shared_ptr<Source> source, size_t position)
        : source_(std::move(source)), position_(position) {}
    DcmInputStream *create() const override {
        source_->opened_at = position_;
        return new MemoryStream(source_, position_, nullptr);
    }
    DcmInputStreamFactory *clone() const override { return new MemoryStreamFactory(source_, position_); }
    DcmInputStreamFactoryType ident() const override { return DFT_DcmInputFileStreamFactory; }

  private:
    std::shared_ptr<Source> source_;
    size_t position_;
};

}  // namespace hilum
