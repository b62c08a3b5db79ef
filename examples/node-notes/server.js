import express from 'express';
import { nanoid } from 'nanoid';

// Kept in memory: a dyno forgets everything when it restarts. Attach a database for more.
const notes = [];
const app = express();

app.use(express.json());
app.use(express.static('dist'));
app.get('/', (request, response) => {
  response.send(`<!doctype html><meta charset="utf-8"><title>Notes</title><h1>Notes</h1>
<form><input name="text" required> <button>Add</button></form><ul></ul><script src="/page.js"></script>`);
});
app.get('/notes', (request, response) => response.json(notes));
app.post('/notes', (request, response) => {
  const note = { id: nanoid(), text: String(request.body.text ?? '') };
  notes.push(note);
  response.status(201).json(note);
});

const server = app.listen(process.env.PORT ?? 5000);
process.on('SIGTERM', () => server.close());
