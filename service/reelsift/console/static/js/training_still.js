// Pictures of the training mode: drawn shapes that stand for what a frame would show, so that nobody has to see it.

import { lookOf } from "./looks.js"

/** Draws what stands for the moment of some peaks. */
export function drawStill(canvas, { of: [peak] }) {
  const { width, height } = canvas
  const pen = canvas.getContext("2d")
  const hue = [...peak.label].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7)
  const sky = pen.createLinearGradient(0, 0, 0, height)
  sky.addColorStop(0, `hsl(${hue} 30% 30%)`)
  sky.addColorStop(1, `hsl(${(hue + 40) % 360} 30% 55%)`)
  pen.fillStyle = sky
  pen.fillRect(0, 0, width, height)
  for (let hill = 0; hill < 3; hill += 1) {
    pen.fillStyle = `hsl(${(hue + 90) % 360} 20% ${45 - hill * 12}%)`
    pen.beginPath()
    pen.ellipse(width * (0.2 + 0.35 * hill), height * (0.95 + 0.04 * hill), width * 0.4, height * 0.35, 0, 0, 2 * Math.PI)
    pen.fill()
  }
  pen.fillStyle = "#fff"
  pen.font = `600 ${Math.round(height / 9)}px system-ui, sans-serif`
  pen.textAlign = "center"
  pen.fillText(peak.label, width / 2, height / 2, width * 0.9)
  pen.font = `${Math.round(height / 13)}px system-ui, sans-serif`
  pen.fillText(lookOf(peak.category), width / 2, height * 0.64, width * 0.9)
}
