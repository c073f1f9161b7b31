"""Our colours for Gradio's own components; no font is asked of anybody."""

import gradio as gr

FONTS = ("system-ui", "Segoe UI", "Noto Sans", "PingFang SC", "Hiragino Sans", "Noto Sans CJK SC", "Microsoft YaHei",
         "sans-serif")  # fmt: skip
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

# Cherry and plum: light and dark meet WCAG 2.2 AA (4.5 : 1 for words) in the pairs in which they are used.
CHERRY = gr.themes.Color("#fff1f5", "#fde7ee", "#fbd0de", "#f7a9c2", "#f0628f", "#d6416f", "#c02a5c", "#a8204e",
                         "#861a3f", "#611430", "#3b0d1e", name="cherry")  # fmt: skip
PLUM = gr.themes.Color("#fbf6f3", "#f4ecea", "#e6d9d8", "#c9b6ba", "#a090a6", "#6d6078", "#5b4e6b", "#463a54",
                       "#382f44", "#221c2b", "#17131d", name="plum")  # fmt: skip


def studio_theme() -> gr.themes.Base:
    """Light by day, dark by night, the same shapes in both."""
    theme = gr.themes.Base(
        primary_hue=CHERRY, secondary_hue=CHERRY, neutral_hue=PLUM, radius_size=gr.themes.sizes.radius_lg,
        spacing_size=gr.themes.sizes.spacing_md, text_size=gr.themes.sizes.text_md,
        font=list(FONTS), font_mono=list(MONO),
    )  # fmt: skip
    return theme.set(
        body_background_fill="#fbf6f3", body_background_fill_dark="#17131d",
        body_text_color="#2d2338", body_text_color_dark="#f3ecf5",
        body_text_color_subdued="#665973", body_text_color_subdued_dark="#b9acc4",
        background_fill_primary="#ffffff", background_fill_primary_dark="#221c2b",
        background_fill_secondary="#f4ecea", background_fill_secondary_dark="#1b1623",
        block_background_fill="#ffffff", block_background_fill_dark="#221c2b",
        block_border_color="#e6d9d8", block_border_color_dark="#382f44", block_border_width="0px",
        block_label_text_color="#665973", block_label_text_color_dark="#b9acc4",
        block_title_text_color="#463a54", block_title_text_color_dark="#d8cbe0", block_title_text_weight="600",
        block_info_text_color="#665973", block_info_text_color_dark="#b9acc4",
        border_color_primary="#e6d9d8", border_color_primary_dark="#382f44",
        border_color_accent="#c02a5c", border_color_accent_dark="#f0628f",
        input_background_fill="#ffffff", input_background_fill_dark="#1b1623",
        input_border_color="#a99aa6", input_border_color_dark="#756788", input_border_width="1px",
        input_border_color_focus="#c02a5c", input_border_color_focus_dark="#f0628f",
        input_shadow_focus="0 0 0 2px #c02a5c55",
        input_placeholder_color="#7a6d82", input_placeholder_color_dark="#9c8ea8",
        button_primary_background_fill="#c02a5c", button_primary_background_fill_dark="#f0628f",
        button_primary_background_fill_hover="#a8204e", button_primary_background_fill_hover_dark="#ff84a9",
        button_primary_text_color="#ffffff", button_primary_text_color_dark="#2a0d19",
        button_secondary_background_fill="#f4ecea", button_secondary_background_fill_dark="#382f44",
        button_secondary_background_fill_hover="#e9dedc", button_secondary_background_fill_hover_dark="#463a54",
        button_secondary_text_color="#463a54", button_secondary_text_color_dark="#f3ecf5",
        color_accent="#c02a5c", color_accent_soft="#fde7ee", color_accent_soft_dark="#3b2231",
        slider_color="#c02a5c", slider_color_dark="#f0628f",
        checkbox_background_color_selected="#c02a5c", checkbox_background_color_selected_dark="#f0628f",
        checkbox_border_color="#8a7c92", checkbox_border_color_dark="#8d7fa0",
        link_text_color="#a8204e", link_text_color_dark="#ff84a9",
        loader_color="#c02a5c", loader_color_dark="#f0628f",
    )  # fmt: skip
