"""The bare page: what Flask and Jinja alone need for a page of the same size.

It draws questions with a hint, an example, a box and a text as a Flask site usually does: a macro for each question,
over a declaration held in memory (about 1.3 KB each, so 30 on 40 KB). No database, no sign-in, no CSRF token, no
compression.
"""

from functools import lru_cache

from flask import Flask, render_template, request

EACH = 1_333  # bytes of one question with its text
WORDS = "Students explain in writing how they solved a problem, and back up what they say. "

PAGE = """<!doctype html>
{% macro question(prompt) %}
<div class="prompt" id="p-{{ prompt.name }}" data-prompt="{{ prompt.name }}" data-post="/answers/{{ prompt.name }}">
  <label for="f-{{ prompt.name }}">{{ prompt.question }}{% if prompt.optional %} (optional){% endif %}</label>
  {% if prompt.hint %}<p class="hint" id="h-{{ prompt.name }}">{{ prompt.hint }}</p>{% endif %}
  {% if prompt.example %}<details><summary>Example</summary><p>{{ prompt.example }}</p></details>{% endif %}
  {{ control(prompt.kind, prompt.name, prompt.text, "h-" ~ prompt.name) }}
  {{ status(prompt.name, prompt.version) }}
</div>
{% endmacro %}
{% macro control(kind, name, text, described) %}
  {% if kind == "text" %}<textarea id="f-{{ name }}" name="{{ name }}" aria-describedby="{{ described }}">{{ text }}</textarea>
  {% else %}<input id="f-{{ name }}" name="{{ name }}" value="{{ text }}" aria-describedby="{{ described }}">{% endif %}
{% endmacro %}
{% macro status(name, version) %}
  <p id="status-{{ name }}"><input type="hidden" name="v.{{ name }}" value="{{ version }}"></p>
{% endmacro %}
<html lang="en">
<head><meta charset="utf-8"><title>{{ title }}</title></head>
<body>
<h1>{{ title }}</h1>
{% for prompt in prompts %}{{ question(prompt) }}{% endfor %}
<p>{{ rest }}</p>
</body>
</html>"""
LINE = '<p id="{{ name }}">{{ rest }}</p>'

app = Flask(__name__)
PAGE_TEMPLATE, LINE_TEMPLATE = app.jinja_env.from_string(PAGE), app.jinja_env.from_string(LINE)  # compiled once


@app.route("/<int:size>", methods=["GET", "POST"])
def page(size: int) -> str:
    """A page of this many bytes. A POST reads the form it was sent, and no more."""
    request.form.get("text", "")
    return _drawn(size, _padding(size))


def _drawn(size: int, padding: int) -> str:
    if size < EACH:  # the answer to a save: one line of status
        return render_template(LINE_TEMPLATE, name="status", rest="x" * padding)
    return render_template(PAGE_TEMPLATE, title="A plan", prompts=_prompts(size // EACH), rest="x" * padding)


@lru_cache
def _prompts(number: int) -> list[dict[str, object]]:
    return [
        {
            "name": f"prompt_{index}",
            "kind": "text" if index % 4 else "line",
            "question": f"Question {index}: which goal of your school matters most?",
            "hint": WORDS,
            "example": WORDS,
            "text": WORDS * 7,
            "version": index,
            "optional": index % 3 == 0,
        }
        for index in range(number)
    ]


@lru_cache
def _padding(size: int) -> int:
    return max(0, size - len(_drawn(size, 0)))
