const list = document.querySelector('ul');
const form = document.querySelector('form');

async function show() {
  const notes = await (await fetch('/notes')).json();
  list.replaceChildren(
    ...notes.map((note) => Object.assign(document.createElement('li'), { textContent: note.text })),
  );
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  await fetch('/notes', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: form.elements.text.value }),
  });
  form.reset();
  await show();
});

show();
