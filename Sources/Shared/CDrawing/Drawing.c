#include "CDrawing.h"

#include <stdlib.h>

#include <pango/pangocairo.h>

struct drawing {
    cairo_surface_t *surface;
    cairo_t *context;
    uint32_t width, height;
};

drawing *drawing_create(uint32_t width, uint32_t height) {
    if (width == 0 || height == 0 || width > 8192 || height > 8192) return NULL;
    drawing *made = calloc(1, sizeof *made);
    if (!made) return NULL;
    made->width = width;
    made->height = height;
    made->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width, (int)height);
    made->context = cairo_create(made->surface);
    if (cairo_status(made->context) != CAIRO_STATUS_SUCCESS) {
        drawing_free(made);
        return NULL;
    }
    // Edges in grey, whatever screen the machine thinks it has.
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_set_font_options(made->context, options);
    cairo_font_options_destroy(options);
    return made;
}

void drawing_free(drawing *drawing) {
    cairo_destroy(drawing->context);
    cairo_surface_destroy(drawing->surface);
    free(drawing);
}

static void use(drawing *drawing, drawing_colour colour) {
    cairo_set_source_rgba(drawing->context, colour.red, colour.green, colour.blue, colour.alpha);
}

void drawing_fill(drawing *drawing, double x, double y, double width, double height, drawing_colour colour) {
    use(drawing, colour);
    cairo_rectangle(drawing->context, x, y, width, height);
    cairo_fill(drawing->context);
}

void drawing_picture(drawing *drawing, const uint8_t *rgb, uint32_t width, uint32_t height, double x, double y) {
    cairo_surface_t *picture = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width, (int)height);
    if (cairo_surface_status(picture) == CAIRO_STATUS_SUCCESS) {
        cairo_surface_flush(picture);
        uint8_t *pixels = cairo_image_surface_get_data(picture);
        const size_t stride = (size_t)cairo_image_surface_get_stride(picture);
        for (size_t row = 0; row < height; row++) {
            uint32_t *line = (uint32_t *)(void *)(pixels + row * stride);
            const uint8_t *from = rgb + row * width * 3;
            for (size_t i = 0; i < width; i++)
                line[i] = (uint32_t)from[3 * i] << 16 | (uint32_t)from[3 * i + 1] << 8 | from[3 * i + 2];
        }
        cairo_surface_mark_dirty(picture);
        cairo_set_source_surface(drawing->context, picture, x, y);
        cairo_paint(drawing->context);
    }
    cairo_surface_destroy(picture);
}

static PangoLayout *layout(drawing *drawing, const char *text, double width, double size, bool bold) {
    PangoLayout *layout = pango_cairo_create_layout(drawing->context);
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family(font, "DejaVu Sans");
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_font_description_set_weight(font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_text(layout, text, -1);
    return layout;
}

static double height_of(PangoLayout *layout) {
    int width = 0, height = 0;
    pango_layout_get_pixel_size(layout, &width, &height);
    return height;
}

double drawing_text(drawing *drawing, const char *text, double x, double y, double width, double size, bool bold,
                    drawing_colour colour) {
    PangoLayout *set = layout(drawing, text, width, size, bold);
    use(drawing, colour);
    cairo_move_to(drawing->context, x, y);
    pango_cairo_show_layout(drawing->context, set);
    const double height = height_of(set);
    g_object_unref(set);
    return height;
}

double drawing_text_height(drawing *drawing, const char *text, double width, double size, bool bold) {
    PangoLayout *set = layout(drawing, text, width, size, bold);
    const double height = height_of(set);
    g_object_unref(set);
    return height;
}

bool drawing_pixels(drawing *drawing, uint8_t *rgb) {
    if (cairo_status(drawing->context) != CAIRO_STATUS_SUCCESS) return false;
    cairo_surface_flush(drawing->surface);
    const uint8_t *pixels = cairo_image_surface_get_data(drawing->surface);
    const size_t stride = (size_t)cairo_image_surface_get_stride(drawing->surface);
    for (size_t row = 0; row < drawing->height; row++) {
        const uint32_t *line = (const uint32_t *)(const void *)(pixels + row * stride);
        for (size_t i = 0; i < drawing->width; i++, rgb += 3) {
            rgb[0] = (uint8_t)(line[i] >> 16);
            rgb[1] = (uint8_t)(line[i] >> 8);
            rgb[2] = (uint8_t)line[i];
        }
    }
    return true;
}
