"""The HTML page that shows a run: data, training, explanations, scans."""
