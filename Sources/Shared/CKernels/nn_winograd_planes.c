// Every 1-D pass reads what the pass before has left in the second-level cache: y for all points of y, then for each of
// them x, the products, x back; in the end y back.
#include "nn_winograd_planes.h"

enum { MOST_POINTS = 8 };

/// The scratch memory. Strides of points are no powers of two, so that points do not compete for cache sets.
typedef struct {
    float *zeros;       // a row that tiles read above and below the map
    float *rows;        // [py][plane][tile y][in block][column]
    float *points;      // [px][in block][tile]
    float *products;    // [px][panel][tile][16·blocks]
    float *columns;     // [py][plane][tile y][out block][column]
    nn_segment *segments;
    int64_t row_point, tile_point, product_point, column_point;
    int64_t floats;
} plane_buffers;

static int32_t tile_count(const winograd_planes *p) { return p->planes * p->tiles_y * p->tiles_x; }

static plane_buffers lay_out(const winograd_planes *p, float *scratch) {
    const int64_t strips = (int64_t)p->planes * p->tiles_y;
    plane_buffers b = {
        .row_point = strips * p->in_blocks * winograd_in_row(p->tile_x, p->tiles_x) + NN_LANES,
        .tile_point = (int64_t)p->in_blocks * tile_count(p) * NN_LANES + NN_LANES,
        .product_point = (int64_t)p->out_blocks * tile_count(p) * NN_LANES + NN_LANES,
        .column_point = strips * p->out_blocks * winograd_out_row(p->tile_x, p->tiles_x) + NN_LANES,
    };
    const int64_t segments = (int64_t)(sizeof(nn_segment) / sizeof(float)) * p->in_blocks;
    int64_t next = 0;
    b.zeros = scratch + next, next += winograd_in_row(p->tile_x, p->tiles_x);
    b.rows = scratch + next, next += (p->tile_y + 4) * b.row_point;
    b.points = scratch + next, next += (p->tile_x + 4) * b.tile_point;
    b.products = scratch + next, next += (p->tile_x + 4) * b.product_point;
    b.columns = scratch + next, next += (p->tile_y + 4) * b.column_point;
    b.segments = (nn_segment *)(scratch + next), next += (segments + NN_LANES - 1) / NN_LANES * NN_LANES;
    b.floats = next;
    return b;
}

int64_t winograd_planes_scratch(const winograd_planes *p) { return lay_out(p, NULL).floats; }

static void forward_y(const winograd_planes *p, const plane_buffers *b, const winograd_source *s) {
    const int64_t row = winograd_in_row(p->tile_x, p->tiles_x);
    float *out = b->rows;
    for (int32_t plane = 0; plane < p->planes; plane++) {
        for (int32_t tile = 0; tile < p->tiles_y; tile++) {
            for (int32_t block = 0; block < p->in_blocks; block++, out += row) {
                const float *from = s->data + block * s->block + plane * s->plane;
                const float *taps[MOST_POINTS];
                for (int32_t j = 0; j < p->tile_y + 4; j++) {
                    const int32_t y = s->first_row + tile * p->tile_y + j;
                    taps[j] = y >= 0 && y < s->height ? from + y * s->row : b->zeros;
                }
                p->kernels->winograd_forward(
                    p->tile_y, (int32_t)(row / NN_LANES), taps, NN_LANES, out, b->row_point, NN_LANES);
            }
        }
    }
}

static void forward_x(const winograd_planes *p, const plane_buffers *b, int32_t py) {
    const int64_t row = winograd_in_row(p->tile_x, p->tiles_x);
    const int64_t block_stride = (int64_t)tile_count(p) * NN_LANES;
    const float *from = b->rows + py * b->row_point;
    for (int32_t strip = 0; strip < p->planes * p->tiles_y; strip++) {
        for (int32_t block = 0; block < p->in_blocks; block++, from += row) {
            const float *taps[MOST_POINTS];
            for (int32_t j = 0; j < p->tile_x + 4; j++) taps[j] = from + j * NN_LANES;
            p->kernels->winograd_forward(
                p->tile_x, p->tiles_x, taps, (int64_t)p->tile_x * NN_LANES,
                b->points + block * block_stride + (int64_t)strip * p->tiles_x * NN_LANES, b->tile_point, NN_LANES);
        }
    }
}

static void list_segments(const winograd_planes *p, const plane_buffers *b, int32_t blocks) {
    for (int32_t block = 0; block < p->in_blocks; block++)
        b->segments[block] = (nn_segment){
            block * tile_count(p) * NN_LANES, (uint32_t)(block * NN_LANES * blocks * NN_LANES),
            (uint32_t)p->in_used[block]};
}

/// One weight panel at every x point of one y point: products = points · weights.
static void multiply(const winograd_planes *p, const plane_buffers *b, const float *weights, int32_t panel) {
    const int32_t first = panel * p->tile_blocks;
    const int32_t blocks = p->out_blocks - first < p->tile_blocks ? p->out_blocks - first : p->tile_blocks;
    const int64_t lanes = (int64_t)p->in_blocks * NN_LANES;
    const int32_t tiles = tile_count(p), highest = p->kernels->max_tile_rows[blocks];
    const int32_t cuts = (tiles + highest - 1) / highest;
    list_segments(p, b, blocks);
    for (int32_t px = 0; px < p->tile_x + 4; px++) {
        const float *w = weights + (px * p->out_blocks + first) * lanes * NN_LANES;
        const float *a = b->points + px * b->tile_point;
        float *product = b->products + px * b->product_point + (int64_t)first * tiles * NN_LANES;
        for (int32_t cut = 0; cut < cuts; cut++) {
            const int32_t t = (int32_t)((int64_t)tiles * cut / cuts);
            const int32_t end = (int32_t)((int64_t)tiles * (cut + 1) / cuts);
            p->kernels->brgemm(
                end - t, blocks, b->segments, p->in_blocks, a + (int64_t)t * NN_LANES, NN_LANES, w,
                product + (int64_t)t * blocks * NN_LANES);
        }
    }
}

static void inverse_x(const winograd_planes *p, const plane_buffers *b, int32_t py, int32_t panel) {
    const int32_t first = panel * p->tile_blocks;
    const int32_t blocks = p->out_blocks - first < p->tile_blocks ? p->out_blocks - first : p->tile_blocks;
    const int64_t row = winograd_out_row(p->tile_x, p->tiles_x);
    const float *from = b->products + (int64_t)first * tile_count(p) * NN_LANES;
    for (int32_t strip = 0; strip < p->planes * p->tiles_y; strip++) {
        for (int32_t v = 0; v < blocks; v++)
            p->kernels->winograd_inverse(
                p->tile_x, p->tiles_x, from + ((int64_t)strip * p->tiles_x * blocks + v) * NN_LANES, b->product_point,
                (int64_t)blocks * NN_LANES, b->columns + py * b->column_point + (strip * p->out_blocks + first + v) * row,
                NN_LANES, (int64_t)p->tile_x * NN_LANES);
    }
}

static void inverse_y(
    const winograd_planes *p, const plane_buffers *b, int32_t first, int32_t last, const winograd_target *t) {
    const int64_t row = winograd_out_row(p->tile_x, p->tiles_x);
    for (int32_t plane = 0; plane < p->planes; plane++)
        for (int32_t tile = 0; tile < p->tiles_y; tile++)
            for (int32_t block = first; block < last; block++)
                p->kernels->winograd_inverse(
                    p->tile_y, (int32_t)(row / NN_LANES),
                    b->columns + ((plane * p->tiles_y + tile) * p->out_blocks + block) * row, b->column_point, NN_LANES,
                    t->data + block * t->block + plane * t->plane + tile * p->tile_y * t->row, t->row, NN_LANES);
}

void winograd_planes_run(
    const winograd_planes *p, winograd_source source, const float *weights, int32_t first_panel, int32_t last_panel,
    winograd_target target, float *scratch) {
    const plane_buffers b = lay_out(p, scratch);
    const int64_t point_weights = (int64_t)p->in_blocks * p->out_blocks * NN_LANES * NN_LANES;
    for (int64_t i = 0; i < winograd_in_row(p->tile_x, p->tiles_x); i++) b.zeros[i] = 0;
    forward_y(p, &b, &source);
    for (int32_t py = 0; py < p->tile_y + 4; py++) {
        forward_x(p, &b, py);
        for (int32_t panel = first_panel; panel < last_panel; panel++) {
            multiply(p, &b, weights + py * (p->tile_x + 4) * point_weights, panel);
            inverse_x(p, &b, py, panel);
        }
    }
    const int32_t last = last_panel * p->tile_blocks;
    inverse_y(p, &b, first_panel * p->tile_blocks, last < p->out_blocks ? last : p->out_blocks, &target);
}
